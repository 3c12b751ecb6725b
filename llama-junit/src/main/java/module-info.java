/** Unit tests for prompts: a JUnit extension and AssertJ assertions. */
module dev.cria.junit {
    requires transitive dev.cria.model;
    requires dev.cria.tiny;
    requires transitive com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.csv;
    requires com.fasterxml.jackson.datatype.jdk8;
    requires com.fasterxml.jackson.datatype.jsr310;
    requires transitive org.junit.jupiter.api;
    requires transitive org.junit.jupiter.params;
    requires transitive org.assertj.core;
    requires static transitive org.jspecify;

    exports dev.cria.junit;

    opens dev.cria.junit to
            org.junit.platform.commons;
}
