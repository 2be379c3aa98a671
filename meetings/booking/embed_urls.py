"""What stays the same for all booking pages: the script for owners' own sites, and colours."""

from django.urls import path

from meetings.booking import embed_views, look_views

urlpatterns = [
    path("embed.js", embed_views.embed_script, name="embed_script"),
    path("colours/<slug:colour>.css", look_views.stylesheet, name="booking_colours"),
]
