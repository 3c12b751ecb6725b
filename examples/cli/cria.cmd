@echo off
rem Runs the cria command line from any folder, with a JDK of version 25 or newer, whatever "java" is.
rem CRIA_JAVA_OPTS are options for the JVM, for example -Xmx8g.
setlocal
set "jar=%~dp0target\cria.jar"
if not exist "%jar%" (
  echo cria: there is no %jar%: build it in Cria's folder with: mvn -q package -Dquickly>&2
  exit /b 1
)

rem The homes of JDKs, in the order in which they are tried: named by the user, on the path, where they are usually installed.
set "home="
call :try "%JAVA25_HOME%"
call :try "%JAVA_HOME%"
for /f "delims=" %%j in ('where java 2^>nul') do call :try "%%~dpj.."
for /d %%d in ("%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Java\*" "%ProgramFiles%\Microsoft\*" "%ProgramFiles%\Zulu\*" "%USERPROFILE%\.jdks\*") do call :try "%%~d"
if not defined home (
  echo cria: no JDK 25 or newer was found: install one ^(for example Temurin^), or set JAVA25_HOME to its folder>&2
  exit /b 1
)
"%home%\bin\java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED %CRIA_JAVA_OPTS% -jar "%jar%" %*
exit /b %ERRORLEVEL%

rem The file "release" in a JDK's home has a line such as JAVA_VERSION="25.0.1".
:try
if defined home exit /b 0
if not exist "%~1\bin\java.exe" exit /b 0
if not exist "%~1\release" exit /b 0
set "version="
for /f "tokens=2 delims==." %%v in ('findstr /b "JAVA_VERSION=" "%~1\release"') do set version=%%v
if not defined version exit /b 0
set version=%version:"=%
if %version% geq 25 set "home=%~1"
exit /b 0
