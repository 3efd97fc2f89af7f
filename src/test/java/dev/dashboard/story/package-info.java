/**
 * Stories: the packaged server as a process of its own, the real CLI on the built-in scripted model, and people at browsers. Each
 * test is a sentence that the product promises. Nothing here knows the insides; the only shortcuts are the file system and the
 * process table, where effects and leftovers are counted.
 */
package dev.dashboard.story;
