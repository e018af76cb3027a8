-- The earliest duties of one ledger, for those who look after offices.

CREATE INDEX duty_ledger ON duty (ledger, due) WHERE closed_at IS NULL;
