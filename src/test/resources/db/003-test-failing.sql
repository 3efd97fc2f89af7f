UPDATE good SET n = 8;
CREATE TABLE half(n INTEGER);
INSERT INTO no_such_table VALUES (1);
