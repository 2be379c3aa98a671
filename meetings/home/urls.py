"""The page after sign-in."""

from django.urls import path

from meetings.home import views

urlpatterns = [path("", views.home, name="home")]
