/** Answers out of what a model wrote: the steps of {@code filter_list}. */
package dev.sifter.train.eval.filter;
