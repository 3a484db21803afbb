"""What a person sees: the terminal's header, tables and last words."""
