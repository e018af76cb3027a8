//! Backups: an encrypted archive of an installation, verified before it replaces anything.
