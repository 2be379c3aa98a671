"""The bot's web chat, beneath an owner's booking page."""

from django.urls import path

from meetings.bot.channels import chat_views, messenger_views

urlpatterns = [
    path("chat/", chat_views.chat_start, name="booking_chat"),
    path("chat/about/", chat_views.chat_about, name="booking_chat_about"),
    path("chat/<str:token>/", chat_views.chat_talk, name="booking_talk"),
    path("chat/<str:token>/news/", chat_views.chat_news, name="booking_talk_news"),
    path("messenger/", messenger_views.messenger, name="booking_messenger"),
]
