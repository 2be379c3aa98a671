"""What clients open to book an owner's time: an address that the owner gives away, and the same for a frame."""

from django.urls import path

from meetings.booking import free_times_views, look_views, views

urlpatterns = [
    path("<str:public_name>/", views.booking_page, name="booking_page"),
    path("<str:public_name>/free-times/", free_times_views.free_times, name="booking_free_times"),
    path("<str:public_name>/details/", views.booking_details, name="booking_details"),
    path("<str:public_name>/embed/", views.embedded_page, name="embedded_page"),
    path("<str:public_name>/embed/details/", views.embedded_details, name="embedded_details"),
    path("<str:public_name>/picture/<slug:digest>.webp", look_views.picture, name="booking_picture"),
    path("<str:public_name>/<slug:slug>/", views.booking_page, name="booking_page"),
    path("<str:public_name>/<slug:slug>/free-times/", free_times_views.free_times, name="booking_free_times"),
    path("<str:public_name>/<slug:slug>/details/", views.booking_details, name="booking_details"),
    path("<str:public_name>/<slug:slug>/embed/", views.embedded_page, name="embedded_page"),
    path("<str:public_name>/<slug:slug>/embed/details/", views.embedded_details, name="embedded_details"),
]

#: A type of meeting once, by a link that the owner made for one client.
single_use = [
    path("<str:token>/", views.single_use_page, name="single_use_page"),
    path("<str:token>/details/", views.single_use_details, name="single_use_details"),
]
