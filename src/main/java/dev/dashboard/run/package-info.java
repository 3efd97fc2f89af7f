/**
 * The only place threads begin. Every {@link dev.dashboard.run.Worker} has a name, one owner, a stop and a join.
 */
package dev.dashboard.run;
