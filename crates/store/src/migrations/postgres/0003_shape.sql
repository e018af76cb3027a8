-- Which index or view was made from which definition, so that one that fits is left alone.

CREATE TABLE shape (
  name       text COLLATE "C" PRIMARY KEY,
  ledger     text COLLATE "C" NOT NULL,
  kind       text COLLATE "C" NOT NULL,
  definition text COLLATE "C" NOT NULL
);
