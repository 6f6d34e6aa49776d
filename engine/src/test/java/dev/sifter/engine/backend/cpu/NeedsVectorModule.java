package dev.sifter.engine.backend.cpu;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIf;

/** Skips the tests of a class where the JVM runs without the Vector API. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf(
    value = "dev.sifter.engine.Backends#hasVectorModule",
    disabledReason = "skipped: the cpu backend needs the module jdk.incubator.vector")
@interface NeedsVectorModule {}
