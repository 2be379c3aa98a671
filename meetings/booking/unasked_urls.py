"""What a mail to an unconfirmed address leads to."""

from django.urls import path

from meetings.booking import unasked_views

urlpatterns = [path("<str:token>/", unasked_views.unasked_page, name="unasked")]
