-- Tables whose files may still contain secrets in plain text, which rows had before they were sealed: until VACUUM FULL has written them anew.
CREATE TABLE tables_to_vacuum (
  name text PRIMARY KEY
);
