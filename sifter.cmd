@echo off
rem Starts Sifter on a JDK 25 or newer; builds it first where it was not built yet.
rem --show-command as the first argument prints the full java command instead of running it.
setlocal
set "ROOT=%~dp0"
set "JAR=%ROOT%train\target\sifter.jar"
set "JDK="
if defined JAVA_HOME call :consider "%JAVA_HOME%"
if defined JAVA25_HOME call :consider "%JAVA25_HOME%"
for /f "delims=" %%J in ('where java 2^>nul') do call :consider "%%~dpJ.."
for %%D in ("Eclipse Adoptium" "Java" "Microsoft" "Zulu" "Amazon Corretto" "BellSoft") do (
  for /d %%H in ("%ProgramFiles%\%%~D\*") do call :consider "%%~H"
)
for /d %%H in ("%USERPROFILE%\.jdks\*") do call :consider "%%~H"
if not defined JDK (
  echo sifter: no JDK 25 or newer found. Install one ^(https://adoptium.net^) and set JAVA_HOME. 1>&2
  exit /b 1
)
if not exist "%JAR%.built" call :build || exit /b 1
set COMMAND="%JDK%\bin\java.exe" "@%ROOT%etc\jvm.args" -cp "%JAR%" dev.sifter.train.cli.Main
rem Not in parentheses: one of an argument would close them.
if "%~1"=="--show-command" echo %COMMAND%& exit /b 0
%COMMAND% %*
exit /b %ERRORLEVEL%

:consider
if defined JDK exit /b 0
set "MAJOR="
if not exist "%~1\bin\javac.exe" exit /b 0
for /f "tokens=2 delims==." %%V in ('findstr /b "JAVA_VERSION=" "%~1\release" 2^>nul') do set MAJOR=%%V
if not defined MAJOR exit /b 0
if %MAJOR:"=% GEQ 25 set "JDK=%~f1"
exit /b 0

:build
if not exist "%ROOT%train\target" mkdir "%ROOT%train\target"
set "BUILT="
rem Whoever has the file of the lock open builds; Windows closes it with that process. Handle 8
rem keeps what the build says apart from what cmd says where another one has the file.
8>&2 2>nul (9>"%JAR%.lock" (2>&8 call :make))
if defined BUILT exit /b %BUILT%
if not exist "%JAR%.lock" echo sifter: cannot write to "%ROOT%train\target", where the build goes 1>&2& exit /b 1
if not defined WAITED echo sifter: waiting for a build that another start began ... 1>&2
set "WAITED=1"
ping -n 2 localhost >nul
goto build

:make
set "BUILT=0"
if exist "%JAR%.built" exit /b 0
echo sifter: building (first start; after a change of the sources: mvnw package) ... 1>&2
pushd "%ROOT%"
set "JAVA_HOME=%JDK%"
call mvnw.cmd -q -B -pl train -am -Dmaven.test.skip package 1>&2
set BUILT=%ERRORLEVEL%
popd
if %BUILT%==0 type nul >"%JAR%.built"
exit /b %BUILT%
