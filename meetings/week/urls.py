from django.urls import path

from meetings.week import views

urlpatterns = [path("", views.week, name="week")]
