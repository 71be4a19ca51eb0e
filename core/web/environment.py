"""Keys of the WSGI environment by which our web server (atlas/web) tells Django more than others do."""

#: What the server itself has against the request, an AtlasError.
REFUSAL = "atlas.refusal"
#: A threading.Event that is set when the client has closed its connection.
CLIENT_GONE = "atlas.client_gone"
