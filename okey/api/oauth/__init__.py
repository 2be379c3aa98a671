"""OAuth 2.1: how assistants and apps come to act for an owner without a token that is copied by hand."""
