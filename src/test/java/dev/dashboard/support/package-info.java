/** What tests of several packages share: drivers and fakes at the process boundary. */
package dev.dashboard.support;
