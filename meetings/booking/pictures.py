"""An owner's photo or logo on their booking page. Pillow reads what was sent and writes it anew: what a camera adds
(where it was taken, by whom) goes, and what is no picture is none.
"""

import hashlib
import io
import warnings
from threading import BoundedSemaphore
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from meetings.booking import settings as booking_settings
from meetings.booking.models import BookingSettings, PagePicture
from okey.owners.models import Owner

#: Bytes that may be sent, and pixels that it may have.
BYTES_MAX, PIXELS_MAX = 5 * 1024 * 1024, 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
#: Pixels of each side as it is kept: a square of 48 on a screen with three pixels for each, and room to grow.
SIDE = 256
#: One may take some 300 MB while it is read.
_one_at_a_time = BoundedSemaphore()


def keep(owner: Owner, image: bytes) -> None:
    """`image`: as `read` gave it."""
    booking = booking_settings.of(owner)
    with transaction.atomic():
        PagePicture.objects.update_or_create(booking=booking, defaults={"image": image})
        BookingSettings.objects.filter(pk=booking.pk).update(picture=hashlib.sha256(image).hexdigest()[:16])


def remove(owner: Owner) -> None:
    with transaction.atomic():
        PagePicture.objects.filter(booking__owner=owner).delete()
        BookingSettings.objects.filter(owner=owner).update(picture="")


def read(sent: "UploadedFile[Any]") -> bytes:
    """A square of its middle, as WebP. Raises ValidationError where it is no picture that can be read, or too large."""
    if not sent.size or sent.size > BYTES_MAX:
        raise ValidationError(_("Choose a picture of at most 5 MB."))
    refusal = ValidationError(_("This is not a picture that can be read. Choose a JPEG, PNG, WebP or GIF file."))
    try:
        with _one_at_a_time, warnings.catch_warnings(), Image.open(sent, formats=FORMATS) as image:
            # Pillow warns of pictures that grow beyond measure; here they are refused before they do.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            if image.width * image.height > PIXELS_MAX:
                raise ValidationError(_("This picture has too many pixels. Choose one of at most 40 megapixels."))
            image.draft("RGB", (4 * SIDE, 4 * SIDE))
            ImageOps.exif_transpose(image, in_place=True)
            turned = image.convert("RGBA")
            written = io.BytesIO()
            ImageOps.fit(turned, (SIDE, SIDE)).save(written, "WEBP", quality=85)
    except ValidationError:
        raise
    except Exception:  # noqa: BLE001 -- whatever a broken file makes Pillow raise
        raise refusal from None
    return written.getvalue()
