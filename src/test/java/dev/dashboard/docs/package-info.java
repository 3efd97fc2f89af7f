/** What the documents say about the checkout, held against the checkout. Knows none of our code. */
package dev.dashboard.docs;
