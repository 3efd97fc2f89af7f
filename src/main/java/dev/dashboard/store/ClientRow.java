package dev.dashboard.store;

import io.helidon.dbclient.DbRow;

/** A row of DbClient. Only {@code get(Class)} is safe for SQL NULL and for numbers of any width. */
final class ClientRow extends Row {
    private final DbRow row;

    ClientRow(DbRow row) {
        this.row = row;
    }

    @Override
    Object value(String name) {
        return row.column(name).get(Object.class);
    }
}
