/**
 * Stands between the CLI and the model, so that the CLI, and so each command that the model runs, holds no key: it presents a token of
 * its own launch here, and the key is added on the way out.
 *
 * <p>Owns its listener, the connections of the CLIs and those to the model. Knows nothing of sessions: whether a launch is live it is
 * told by whoever starts it.
 */
package dev.dashboard.gateway;
