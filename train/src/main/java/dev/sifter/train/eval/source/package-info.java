/**
 * What evaluation reads from disk: task files with what they include, the tasks that ship with the
 * program, and the records of data sets in the forms their authors publish them in.
 */
package dev.sifter.train.eval.source;
