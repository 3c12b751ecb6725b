package dev.cria.golden;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that compares with {@link Fixtures}, or a class of such tests. Each method is skipped where there are none,
 * before anything of it runs: its cases are not made and its parameters are not asked for.
 *
 * <p>Fixtures are a parameter of these methods, of what runs before each of them, and of the static methods that make
 * their cases. There is no other way to them, so that no test can find them missing when it is half done.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("fixtures")
@ExtendWith(FixturesExtension.class)
public @interface NeedsFixtures {}
