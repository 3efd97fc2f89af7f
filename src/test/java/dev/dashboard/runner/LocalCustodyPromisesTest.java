package dev.dashboard.runner;

import dev.dashboard.custody.Custody;
import dev.dashboard.custody.LocalCustody;

/** Beside the server. */
class LocalCustodyPromisesTest extends CustodyPromises {
    @Override
    Custody open(House place) {
        return new LocalCustody(place.program(), place.claude());
    }
}
