"""What owners see of their bot's conversations."""

from django.urls import path

from meetings.bot.pages import views as conversation_views

urlpatterns = [
    path("conversations/", conversation_views.conversation_list, name="conversations"),
    path("conversations/<uuid:conversation_id>/", conversation_views.conversation_page, name="conversation"),
    path("conversations/<uuid:conversation_id>/done/", conversation_views.conversation_done, name="conversation_done"),
    path(
        "conversations/<uuid:conversation_id>/answer/",
        conversation_views.conversation_answer,
        name="conversation_answer",
    ),
    path("settings/messenger/", conversation_views.messenger_key, name="messenger_key"),
]
