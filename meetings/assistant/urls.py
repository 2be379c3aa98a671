from django.urls import re_path

from meetings.assistant import views

#: Without a slash as documented; some clients add one.
urlpatterns = [re_path(r"^mcp/?$", views.mcp, name="mcp")]
