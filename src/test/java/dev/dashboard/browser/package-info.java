/**
 * The whole path in a real browser: the packaged server in demo mode, the real CLI, Chromium. What a page says and asks for is
 * found by role and accessible name, as people and assistive technology find it. Every visit is watched ({@code Watch}); nothing
 * here knows how the server or the elements are made inside.
 */
package dev.dashboard.browser;
