"""What `simnet learn` is made of: the course, the student's progress and keyboard, the picture, the session, the words."""
