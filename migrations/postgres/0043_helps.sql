-- Calls for help from the road are looked for among the notes whenever the board or the console is drawn.
CREATE INDEX ticket_notes_help ON ticket_notes (ticket_id, id) WHERE kind = 'help';
