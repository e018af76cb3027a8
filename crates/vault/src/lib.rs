//! Keys and what is locked with them: the master key, a key for each person, protected fields, erasure.
