"""Adyton: the security perimeter for protected AI models."""
