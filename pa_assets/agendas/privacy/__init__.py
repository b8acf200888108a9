"""What is held on a person, and taking a person out of everything: files, graph, and whatever comes later."""
