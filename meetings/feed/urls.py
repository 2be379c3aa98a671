from django.urls import path

from meetings.feed import views

urlpatterns = [
    path("feeds/<str:token>.ics", views.calendar_feed, name="calendar_feed"),
    path("settings/feed/", views.feed_page, name="feed"),
    path("settings/feed/switch/", views.feed_switch, name="feed_switch"),
]
