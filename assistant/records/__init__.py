"""What is kept of consultations besides the conversation itself."""
