/**
 * Tasks: a record's prompt and right answer, examples before it, what the model is asked, and the
 * scores of its answer; and the catalogue that finds tasks and groups by name.
 */
package dev.sifter.train.eval.task;
