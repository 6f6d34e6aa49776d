/** What every group of options shares, whichever command reads it: how a wrong value is refused. */
package dev.sifter.train.options;
