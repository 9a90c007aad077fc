"""The demo: a morning at Lindwerk, played in less than a minute on one machine; see __main__.py."""
