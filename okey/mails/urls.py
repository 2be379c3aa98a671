from django.urls import path

from okey.mails import views

urlpatterns = [
    path("", views.mail_list, name="mails"),
    path("<str:key>/", views.mail_page, name="mail"),
    path("<str:key>/html/", views.mail_html, name="mail_html"),
    path("<str:key>/invite.ics", views.mail_calendar, name="mail_calendar"),
]
