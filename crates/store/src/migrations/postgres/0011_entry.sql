-- What these found, entry_ledger_time and entry_account_time find: an entry is written into two indexes less.

DROP INDEX entry_ledger;
DROP INDEX entry_account;
