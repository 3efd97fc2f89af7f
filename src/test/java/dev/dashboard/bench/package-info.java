/**
 * The benchmark of the engine, run by {@code scripts/bench.sh}: the machine's own floor, then the packaged server over HTTP and
 * its event stream, with a stand-in for the CLI that writes the time into each event.
 */
package dev.dashboard.bench;
