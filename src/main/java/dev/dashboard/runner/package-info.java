/**
 * Has the processes elsewhere: another user, in production another container, who holds no secret and no database, so that commands
 * that the model runs can reach neither; and who keeps the processes while the server ends and comes back. {@code Runner} is the far
 * side, {@code RunnerCustody} the server's; between them goes {@code Frame}, over a Unix domain socket. Knows {@code custody}; knows
 * nothing of what the bytes mean.
 */
package dev.dashboard.runner;
