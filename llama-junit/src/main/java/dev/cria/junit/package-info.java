/** Unit tests for prompts: a JUnit extension and AssertJ assertions. */
@NullMarked
package dev.cria.junit;

import org.jspecify.annotations.NullMarked;
