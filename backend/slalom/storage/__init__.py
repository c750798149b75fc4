"""What is kept: experiments, their chunks and artifacts, uploaded data sets, and the room they may take."""
