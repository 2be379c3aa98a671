"""What owners see of their bot's conversations."""

from django.urls import path

from meetings.bot.pages import views

urlpatterns = [
    path("conversations/", views.conversation_list, name="conversations"),
    path("conversations/<uuid:conversation_id>/", views.conversation_page, name="conversation"),
    path("conversations/<uuid:conversation_id>/done/", views.conversation_done, name="conversation_done"),
    path(
        "conversations/<uuid:conversation_id>/answer/",
        views.conversation_answer,
        name="conversation_answer",
    ),
    path("settings/messenger/", views.messenger_key, name="messenger_key"),
]
