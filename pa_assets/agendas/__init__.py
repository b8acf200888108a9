"""Personal agendas: what lands for a show becomes an agenda for each visitor."""
