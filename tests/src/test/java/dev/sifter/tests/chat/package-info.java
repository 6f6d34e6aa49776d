/** Chat templates against what the reference stack renders. */
package dev.sifter.tests.chat;
