"""What clients open to book an owner's time: an address that the owner gives away."""

from django.urls import path

from meetings.booking import booking_views

urlpatterns = [
    path("<str:public_name>/", booking_views.booking_page, name="booking_page"),
]
