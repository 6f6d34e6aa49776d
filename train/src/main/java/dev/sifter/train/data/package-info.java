/**
 * From files of records to the rows that a model is trained on: reading, chat templates, masks,
 * truncation, packing, order and batches, in the reference stack's exact way.
 */
package dev.sifter.train.data;
