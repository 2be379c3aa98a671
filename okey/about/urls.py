from django.urls import path

from okey.about import texts, views

urlpatterns = [
    *(path(f"{page.name}/", views.page, {"name": page.name}, name=f"about_{page.name}") for page in texts.PAGES),
    path("zoomverify/verifyzoom.html", views.zoom_proof, name="zoom_proof"),
    path("google<slug:code>.html", views.google_proof, name="google_proof"),
]
