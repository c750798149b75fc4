"""Requests and answers: dependencies, schemas, problem details and who may do what."""
