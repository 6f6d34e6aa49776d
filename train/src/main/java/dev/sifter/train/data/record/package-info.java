/**
 * Records as they stand in files, before anybody asks what they mean.
 *
 * <p>A {@link dev.sifter.train.data.record.DatasetMixture} names data sets; {@link
 * dev.sifter.train.data.record.DataFiles} finds their files, {@link
 * dev.sifter.train.data.record.DatasetReader} reads one, {@link
 * dev.sifter.train.data.record.MixtureReader} all of them in order. What comes out is a {@link
 * dev.sifter.train.data.record.RawRecord}, which any thread can parse into a {@link
 * dev.sifter.train.data.record.DataRecord}; {@link dev.sifter.train.data} goes on from there.
 */
package dev.sifter.train.data.record;
