# win_shell: a command line through PowerShell or another shell.

function Get-ShellCommand($Arguments) {
    # @{ File; Line } of the process to start
    $shell = 'powershell.exe'
    if ($Arguments.executable) {
        $shell = [string]$Arguments.executable
    }
    $name = [System.IO.Path]::GetFileNameWithoutExtension($shell).ToLowerInvariant()
    if ($name -eq 'powershell' -or $name -eq 'pwsh') {
        # the encoded form needs no quoting; progress records would come out as XML on stderr
        $text = "`$ProgressPreference = 'SilentlyContinue'`n" + $Arguments.cmd
        $encoded = [Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes($text))
        $line = '-NonInteractive -OutputFormat Text -ExecutionPolicy Unrestricted -EncodedCommand ' + $encoded
        if ($Arguments.no_profile) {
            $line = '-NoProfile ' + $line
        }
        return @{ File = $shell; Line = $line }
    }
    if ($name -eq 'cmd') {
        # /s takes off the outer quotation marks and leaves the rest as it is
        return @{ File = $shell; Line = '/d /s /c "' + $Arguments.cmd + '"' }
    }
    return @{ File = $shell; Line = [string]$Arguments.cmd }
}

function Invoke-Module($Arguments) {
    $known = Get-CommandRefusal $Arguments
    if ($null -ne $known) {
        $known['cmd'] = $Arguments.cmd
        return $known
    }
    $command = Get-ShellCommand $Arguments
    return Invoke-CommandLine $command.File $command.Line $Arguments ([string]$Arguments.cmd)
}
