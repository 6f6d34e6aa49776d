package dev.sifter.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected is what transformers' align_special_tokens (5.18) made of the same ids. */
class SpecialTokenIdsTest {
  @TempDir Path folder;

  private static Tokenizer tokenizer(String eos, String bos, String pad) {
    List<String> specials = IntStream.range(0, 8).mapToObj("<%d>"::formatted).toList();
    Tokenizer tokenizer = new BpeTrainer(300, 2, specials).train(List.of("any text"));
    tokenizer = tokenizer.withSpecialToken("eos_token", "<" + eos + ">");
    tokenizer = bos == null ? tokenizer : tokenizer.withSpecialToken("bos_token", "<" + bos + ">");
    return pad == null ? tokenizer : tokenizer.withSpecialToken("pad_token", "<" + pad + ">");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = ';',
      value = {
        "7;  ; 2; {'eos':0,'bos':0};           {'eos':[0,4],'bos':0}; {'eos':7,'bos':0,'pad':2};"
            + " {'eos':[7,0,4],'bos':0,'pad':2}",
        "6; 1;  ; {'eos':[5,6],'bos':1,'pad':3}; {'eos':0,'bos':7,'pad':3};"
            + " {'eos':[6,5],'bos':1,'pad':3}; {'eos':[6,0],'bos':1,'pad':3}",
        "7;  ;  ; {'eos':null,'bos':1}; {'eos':null,'bos':1}; {'eos':7,'bos':1};"
            + " {'eos':[7],'bos':1}",
        "5;  ;  ; {'eos':[6,5]}; {'eos':[6,5]}; {'eos':[6,5]}; {'eos':[6,5]}"
      })
  void asTransformersAlignsThem(
      String eos,
      String bos,
      String pad,
      String config,
      String generation,
      String aligned,
      String alignedGeneration)
      throws IOException {
    Path configFile = folder.resolve("config.json");
    Path generationFile = folder.resolve("generation_config.json");
    Files.writeString(configFile, ids(config));
    Files.writeString(generationFile, ids(generation));
    Tokenizer tokenizer = tokenizer(eos, bos, pad);
    SpecialTokenIds.align(folder, tokenizer);
    assertThat(Json.readObject(configFile).toString()).isEqualTo(ids(aligned));
    assertThat(Json.readObject(generationFile).toString()).isEqualTo(ids(alignedGeneration));
    Files.delete(generationFile);
    SpecialTokenIds.align(folder, tokenizer);
    assertThat(generationFile).as("config.json is read where there is none").doesNotExist();
  }

  private static String ids(String roles) {
    return roles.replace('\'', '"').replaceAll("(eos|bos|pad)\"", "$1_token_id\"");
  }
}
